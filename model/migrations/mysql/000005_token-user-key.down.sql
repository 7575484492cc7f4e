ALTER TABLE `token` DROP FOREIGN KEY `token_user_id`;
