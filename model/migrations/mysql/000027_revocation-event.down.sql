ALTER TABLE `revocation` DROP COLUMN `event`;
