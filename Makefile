# The same commands as in package.json, for those whose hands know make.
.PHONY: start test vault-up vault-down verify-vault

start test:
	npm $@

vault-up vault-down verify-vault:
	@npm run --silent $@
