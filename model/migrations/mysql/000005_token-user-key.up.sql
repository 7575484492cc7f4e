ALTER TABLE `token` ADD CONSTRAINT `token_user_id` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE;
