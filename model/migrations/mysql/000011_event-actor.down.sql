ALTER TABLE `event` DROP COLUMN `actor`;
