DROP INDEX `token_revoked`;
