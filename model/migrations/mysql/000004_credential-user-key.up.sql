ALTER TABLE `credential` ADD CONSTRAINT `credential_user` FOREIGN KEY (`user_id`) REFERENCES `user` (`id`) ON DELETE CASCADE;
