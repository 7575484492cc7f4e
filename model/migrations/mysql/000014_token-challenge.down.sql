ALTER TABLE `token` DROP KEY `token_challenge`, DROP COLUMN `challenge`;
