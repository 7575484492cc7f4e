ALTER TABLE `token`
  ADD COLUMN `client_id` VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'the OAuth client that it was opened for; empty for none',
  ADD COLUMN `amr` VARCHAR(64) NOT NULL DEFAULT '' COMMENT 'how its user was proven, by RFC 8176, separated by spaces; empty where a release before opened it';
