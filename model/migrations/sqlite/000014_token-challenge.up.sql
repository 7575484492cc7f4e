ALTER TABLE `token` ADD COLUMN `challenge` TEXT DEFAULT NULL;
CREATE UNIQUE INDEX `token_challenge` ON `token` (`challenge`);
