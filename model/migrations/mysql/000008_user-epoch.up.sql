ALTER TABLE `user` ADD COLUMN `epoch` BIGINT NOT NULL DEFAULT 0 COMMENT 'rises whenever open codes of the user become void';
