-- Looks are as rare as changes beside what machines read, so who looks for them finds them by the same index.
DROP INDEX "AuditEvent_of_rare_class";
CREATE INDEX "AuditEvent_of_rare_class" ON "AuditEvent" ("organizationId", "class", "seq") WHERE "class" <> 'disclosure';
-- What is counted of many secrets, and what is searched among them, stands in the index of a scope's names: nothing
-- else of them is read for it.
DROP INDEX "Secret_organizationId_scopeId_foldedName_id_idx";
CREATE INDEX "Secret_of_scope" ON "Secret" ("organizationId", "scopeId", "foldedName", "id") INCLUDE ("state", "currentVersion", "vaultId", "providerId");
