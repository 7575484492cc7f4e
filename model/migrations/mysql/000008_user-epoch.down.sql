ALTER TABLE `user` DROP COLUMN `epoch`;
