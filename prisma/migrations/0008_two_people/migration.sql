-- CreateTable
CREATE TABLE "Approval" (
    "organizationId" UUID NOT NULL,
    "id" UUID NOT NULL,
    "scopeId" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "requestHash" BYTEA NOT NULL,
    "facts" JSONB NOT NULL,
    "reason" TEXT NOT NULL DEFAULT '',
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "requestedById" UUID NOT NULL,
    "via" TEXT NOT NULL,
    "credentialId" UUID NOT NULL,
    "decidedById" UUID,
    "decidedAt" TIMESTAMPTZ(3),
    "note" TEXT NOT NULL DEFAULT '',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Approval_pkey" PRIMARY KEY ("organizationId","id")
);

-- CreateIndex
CREATE INDEX "Approval_organizationId_scopeId_createdAt_id_idx" ON "Approval"("organizationId", "scopeId", "createdAt", "id");

-- AddForeignKey
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_organizationId_scopeId_fkey" FOREIGN KEY ("organizationId", "scopeId") REFERENCES "Scope"("organizationId", "id") ON DELETE CASCADE ON UPDATE CASCADE;


-- What Prisma's schema can't say: nobody decides on what they asked for themselves, and what is decided stays so.
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_state" CHECK ("state" IN ('waiting', 'accepted', 'done', 'refused', 'withdrawn', 'expired'));
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_via" CHECK ("via" IN ('session', 'personal_token'));
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_second" CHECK ("decidedById" <> "requestedById");
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_decided" CHECK ("state" NOT IN ('accepted', 'done', 'refused') OR ("decidedById" IS NOT NULL AND "decidedAt" IS NOT NULL));
ALTER TABLE "Approval" ADD CONSTRAINT "Approval_texts" CHECK (length("reason") <= 500 AND length("note") <= 500);
CREATE UNIQUE INDEX "Approval_open" ON "Approval" ("organizationId", "requestedById", "requestHash") WHERE "state" IN ('waiting', 'accepted');
CREATE INDEX "Approval_runs_out" ON "Approval" ("expiresAt") WHERE "state" IN ('waiting', 'accepted');
CREATE FUNCTION "refuse_to_reopen_an_approval"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The approval % is decided', OLD."id" USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER "Approval_stays_decided" BEFORE UPDATE OF "state" ON "Approval" FOR EACH ROW
  WHEN (OLD."state" NOT IN ('waiting', 'accepted') OR (OLD."state" = 'accepted' AND NEW."state" = 'waiting'))
  EXECUTE FUNCTION "refuse_to_reopen_an_approval"();

ALTER TABLE "AuditEvent" DROP CONSTRAINT "AuditEvent_outcome";
ALTER TABLE "AuditEvent" ADD CONSTRAINT "AuditEvent_outcome" CHECK ("outcome" IN ('done', 'unchanged', 'pending_approval', 'denied', 'invalid', 'conflict', 'failed')) NOT VALID;
ALTER TABLE "AuditEvent" VALIDATE CONSTRAINT "AuditEvent_outcome";

GRANT SELECT, INSERT ON "Approval" TO strongroom_app;
GRANT UPDATE ("reason", "state", "decidedById", "decidedAt", "note", "expiresAt") ON "Approval" TO strongroom_app;
