ALTER TABLE `user`
  ADD COLUMN `display_name` VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'in Unicode NFC',
  ADD COLUMN `language` VARCHAR(35) NOT NULL DEFAULT '' COMMENT 'BCP 47 tag that the user has chosen',
  ADD COLUMN `profile` BIGINT NOT NULL DEFAULT 0 COMMENT 'changes of the row in profile; 0: there is none';
