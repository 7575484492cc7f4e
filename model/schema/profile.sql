CREATE TABLE `profile` (
  `user_id` BIGINT NOT NULL,
  `metadata` TEXT NOT NULL COMMENT 'a JSON object of the app, written by the user',
  `app_metadata` TEXT NOT NULL COMMENT 'a JSON object of the app, written by administrators',
  PRIMARY KEY (`user_id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
