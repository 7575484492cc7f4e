CREATE INDEX `user_anonymous` ON `user` (`anonymous`);
