CREATE INDEX `user_role` ON `user` (`role`);
