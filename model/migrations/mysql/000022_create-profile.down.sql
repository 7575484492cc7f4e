DROP TABLE `profile`;
