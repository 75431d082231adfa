-- AlterTable
ALTER TABLE "KeyEncryptionKey" ADD COLUMN     "stateSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- AlterTable
ALTER TABLE "OrganizationKey" ADD COLUMN     "rowVersion" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "InstallationKey" (
    "name" TEXT NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "kekId" TEXT NOT NULL,
    "checkValue" BYTEA NOT NULL,
    "rowVersion" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "InstallationKey_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "ApiProcess" (
    "id" UUID NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "checkValues" BYTEA[],
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seenAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ApiProcess_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "OrganizationKey_kekId_idx" ON "OrganizationKey"("kekId");

-- AddForeignKey
ALTER TABLE "OrganizationKey" ADD CONSTRAINT "OrganizationKey_kekId_fkey" FOREIGN KEY ("kekId") REFERENCES "KeyEncryptionKey"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "InstallationKey" ADD CONSTRAINT "InstallationKey_kekId_fkey" FOREIGN KEY ("kekId") REFERENCES "KeyEncryptionKey"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What Prisma's schema can't say: one key wraps, one waits to do so, and no check value is there under two names.
CREATE UNIQUE INDEX "KeyEncryptionKey_active" ON "KeyEncryptionKey" ("state") WHERE "state" = 'active';
CREATE UNIQUE INDEX "KeyEncryptionKey_staged" ON "KeyEncryptionKey" ("state") WHERE "state" = 'staged';
CREATE UNIQUE INDEX "KeyEncryptionKey_check_value" ON "KeyEncryptionKey" ("checkValue");
ALTER TABLE "InstallationKey" ADD CONSTRAINT "InstallationKey_name" CHECK ("name" IN ('audit', 'request-hash', 'throttle'));

-- A key that something still lies under can't be retired, whoever asks.
CREATE FUNCTION "refuse_to_retire_what_is_needed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM "OrganizationKey" WHERE "kekId" = NEW."id") OR EXISTS (SELECT FROM "InstallationKey" WHERE "kekId" = NEW."id") THEN
    RAISE EXCEPTION 'The key % is still needed', NEW."id" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "KeyEncryptionKey_retire" BEFORE UPDATE OF "state" ON "KeyEncryptionKey" FOR EACH ROW
  WHEN (NEW."state" IN ('staged', 'retired')) EXECUTE FUNCTION "refuse_to_retire_what_is_needed"();

GRANT SELECT, INSERT, UPDATE ON "InstallationKey" TO strongroom_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "ApiProcess" TO strongroom_app;
