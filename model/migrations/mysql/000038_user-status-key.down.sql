DROP INDEX `user_status` ON `user`;
