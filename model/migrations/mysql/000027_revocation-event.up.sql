ALTER TABLE `revocation` ADD COLUMN `event` VARCHAR(32) NOT NULL DEFAULT '' COMMENT 'id of the entry; empty in rows of a release without';
