DELETE FROM `token` WHERE CHAR_LENGTH(`id`) > 22;
ALTER TABLE `token`
  DROP KEY `token_challenge`,
  DROP COLUMN `challenge`,
  MODIFY COLUMN `id` VARCHAR(22) NOT NULL COMMENT 'the session id, 128 random bits';
UPDATE `event` SET `session_id` = '' WHERE CHAR_LENGTH(`session_id`) > 22;
ALTER TABLE `event` MODIFY COLUMN `session_id` VARCHAR(22) NOT NULL;
