ALTER TABLE `user` DROP COLUMN `avatar`;
