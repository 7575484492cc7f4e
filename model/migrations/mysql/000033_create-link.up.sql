CREATE TABLE `link` (
  `id` VARCHAR(32) NOT NULL COMMENT 'random',
  `provider` VARCHAR(32) NOT NULL COMMENT 'the name of a provider in the configuration',
  `subject` VARCHAR(255) NOT NULL COMMENT 'who the user is there; ASCII',
  `user_id` BIGINT NOT NULL,
  `email` VARCHAR(254) NOT NULL COMMENT 'as the provider told it last; nothing is proven by it',
  `created` BIGINT NOT NULL COMMENT 'Unix milliseconds, here and below',
  `last_used` BIGINT NOT NULL,
  `told` BIGINT NOT NULL COMMENT 'of the last event of the provider that has ended sessions; 0 if none did',
  PRIMARY KEY (`id`),
  UNIQUE KEY `link_subject` (`provider`, `subject`),
  UNIQUE KEY `link_provider` (`user_id`, `provider`),
  CONSTRAINT `link_user_id` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
