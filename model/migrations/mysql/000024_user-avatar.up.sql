ALTER TABLE `user` ADD COLUMN `avatar` VARCHAR(22) NOT NULL DEFAULT '' COMMENT 'hash of the picture; empty without one';
