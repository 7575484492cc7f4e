CREATE TABLE `client` (
  `id` VARCHAR(32) NOT NULL COMMENT 'public, random',
  `name` VARCHAR(32) NOT NULL COMMENT 'as the operator calls it; the audit trail has it as client:NAME',
  `kind` VARCHAR(16) NOT NULL COMMENT 'confidential or public',
  `hash` VARCHAR(64) NOT NULL COMMENT 'SHA-256 of the secret in hex; empty: it has none',
  `prev_hash` VARCHAR(64) NOT NULL COMMENT 'of the secret before',
  `prev_ends` BIGINT NOT NULL COMMENT 'Unix milliseconds, here and below; until when the secret before works',
  `scopes` VARCHAR(255) NOT NULL COMMENT 'separated by spaces, as are redirects',
  `redirects` TEXT NOT NULL,
  `audience` VARCHAR(255) NOT NULL COMMENT 'of its access tokens; empty: this service',
  `max_requests` BIGINT NOT NULL COMMENT 'its own limit, in any rate_window seconds; 0: the configured one',
  `rate_window` BIGINT NOT NULL,
  `created` BIGINT NOT NULL,
  `used` BIGINT NOT NULL COMMENT 'last time, to the hour; 0: never',
  `valid_from` BIGINT NOT NULL COMMENT 'access tokens from before are refused',
  `disabled` BIGINT NOT NULL COMMENT 'since when; 0: it is not',
  PRIMARY KEY (`id`),
  UNIQUE KEY `client_name` (`name`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
