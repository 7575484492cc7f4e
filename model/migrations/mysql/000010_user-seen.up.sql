ALTER TABLE `user` ADD COLUMN `seen` BIGINT NOT NULL DEFAULT 0 COMMENT 'last sign-in, Unix milliseconds; 0 before the first';
