DROP INDEX `token_challenge`;
ALTER TABLE `token` DROP COLUMN `challenge`;
