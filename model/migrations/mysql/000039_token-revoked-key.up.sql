DROP INDEX `token_revoked` ON `token`;
