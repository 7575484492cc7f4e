ALTER TABLE `token`
  MODIFY COLUMN `id` VARCHAR(44) NOT NULL COMMENT 'the session id, bound to its user',
  ADD COLUMN `challenge` VARCHAR(64) DEFAULT NULL COMMENT 'SHA-256 of the id of the code that opened it, hex',
  ADD UNIQUE KEY `token_challenge` (`challenge`);
