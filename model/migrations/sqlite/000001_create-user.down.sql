DROP TABLE `user`;
