ALTER TABLE `user` DROP COLUMN `anonymous`;
