DROP INDEX `user_role` ON `user`;
