ALTER TABLE `user`
  DROP COLUMN `display_name`,
  DROP COLUMN `language`,
  DROP COLUMN `profile`;
