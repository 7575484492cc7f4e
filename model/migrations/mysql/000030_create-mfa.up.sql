CREATE TABLE `mfa` (
  `user_id` BIGINT NOT NULL,
  `secret` VARCHAR(255) NOT NULL COMMENT 'of TOTP, sealed, in base64url; empty: none is confirmed',
  `pepper` VARCHAR(16) NOT NULL COMMENT 'mark of the pepper that secret is sealed under; empty without a secret',
  `pending` VARCHAR(255) NOT NULL COMMENT 'one that waits to be confirmed, sealed with its end; empty: none',
  `confirmed` BIGINT NOT NULL COMMENT 'Unix milliseconds, here and below; 0 without a secret',
  `step` BIGINT NOT NULL COMMENT 'the time step of the last accepted code',
  `minute` BIGINT NOT NULL COMMENT 'the last try',
  `tries` BIGINT NOT NULL COMMENT 'each within a minute of the one before it',
  `failed` BIGINT NOT NULL COMMENT 'in a row',
  `required` BIGINT NOT NULL COMMENT 'since when a second factor is demanded; 0: it never was',
  `reset_due` BIGINT NOT NULL COMMENT 'when an administrator takes the factors away; 0: nobody asked for that',
  `created` BIGINT NOT NULL,
  PRIMARY KEY (`user_id`),
  KEY `mfa_pepper` (`pepper`, `user_id`),
  CONSTRAINT `mfa_user` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
