-- What a person typed, by its secret: for the list of what they know.
CREATE INDEX "SecretVersion_typed_by" ON "SecretVersion" ("organizationId", "createdById", "secretId", "number")
  WHERE "createdByKind" = 'person' AND "origin" IN ('typed', 'imported');
