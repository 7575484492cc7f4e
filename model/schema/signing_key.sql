CREATE TABLE `signing_key` (
  `id` VARCHAR(43) NOT NULL COMMENT 'the thumbprint of RFC 7638, kid of its tokens',
  `alg` VARCHAR(16) NOT NULL COMMENT 'ES256 or EdDSA',
  `state` VARCHAR(16) NOT NULL COMMENT 'standby, active, previous or revoked',
  `slot` VARCHAR(64) DEFAULT NULL COMMENT 'what one key alone may be, as long as it is standby or active',
  `public_key` VARCHAR(128) NOT NULL COMMENT 'in base64url',
  `private_key` VARCHAR(255) NOT NULL COMMENT 'sealed, in base64url; empty once it does not sign any more',
  `created` BIGINT NOT NULL COMMENT 'Unix milliseconds by the clock of the database, here and below',
  `due` BIGINT NOT NULL COMMENT 'from when on it may sign',
  `activated` BIGINT NOT NULL COMMENT '0: it never was active',
  `retired` BIGINT NOT NULL COMMENT 'since when it does not sign any more; 0: it does, or will',
  PRIMARY KEY (`id`),
  UNIQUE KEY `signing_key_slot` (`slot`)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
