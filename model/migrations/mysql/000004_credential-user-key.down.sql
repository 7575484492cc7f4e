ALTER TABLE `credential` DROP FOREIGN KEY `credential_user`;
