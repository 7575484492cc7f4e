CREATE TABLE `event` (
  `id` VARCHAR(26) NOT NULL COMMENT 'sorts by time, over all nodes',
  `at` BIGINT NOT NULL COMMENT 'Unix milliseconds',
  `type` VARCHAR(32) NOT NULL COMMENT 'a word of docs/audit.md, as is the reason',
  `user_id` BIGINT NOT NULL COMMENT '0: nobody; kept after the account is erased, and then nobody as well',
  `session_id` VARCHAR(44) NOT NULL,
  `actor_id` BIGINT NOT NULL COMMENT 'the administrator who did it; 0: the user, or nobody',
  `address` VARCHAR(32) NOT NULL COMMENT 'a keyed pseudonym',
  `ip` VARCHAR(43) NOT NULL COMMENT 'a network: IPv4 /24, IPv6 /48',
  `reason` VARCHAR(32) NOT NULL,
  `request_id` VARCHAR(64) NOT NULL,
  `actor` VARCHAR(128) NOT NULL DEFAULT '' COMMENT 'who acted, if it was no user: cli:<user>@<host>',
  PRIMARY KEY (`id`),
  KEY `event_user` (`user_id`, `id`),
  KEY `event_type` (`type`, `id`),
  KEY `event_address` (`address`, `id`),
  KEY `event_ip` (`ip`, `id`),
  KEY `event_request` (`request_id`, `id`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
