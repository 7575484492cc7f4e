ALTER TABLE `user` DROP COLUMN `display_name`;
ALTER TABLE `user` DROP COLUMN `language`;
ALTER TABLE `user` DROP COLUMN `profile`;
