CREATE TABLE `avatar` (
  `id` VARCHAR(32) NOT NULL COMMENT 'random; the name of the blobs begins with it',
  `user_id` BIGINT DEFAULT NULL COMMENT 'NULL: the blobs are to be removed once due has come',
  `hash` VARCHAR(22) NOT NULL COMMENT 'of the picture',
  `due` BIGINT NOT NULL COMMENT 'Unix milliseconds',
  `created` BIGINT NOT NULL COMMENT 'Unix milliseconds',
  PRIMARY KEY (`id`),
  UNIQUE KEY `avatar_user` (`user_id`),
  CONSTRAINT `avatar_user_id` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE SET NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
