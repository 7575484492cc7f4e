DROP INDEX `user_anonymous` ON `user`;
