CREATE INDEX `token_revoked` ON `token` (`revoked`);
