ALTER TABLE `user` ADD COLUMN `anonymous` BIGINT NOT NULL DEFAULT 0 COMMENT 'since when the user has no way in but the session, Unix milliseconds; 0: there is one';
