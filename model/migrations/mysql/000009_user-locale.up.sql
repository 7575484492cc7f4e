ALTER TABLE `user` ADD COLUMN `locale` VARCHAR(35) NOT NULL DEFAULT '' COMMENT 'BCP 47 tag of the language for messages';
