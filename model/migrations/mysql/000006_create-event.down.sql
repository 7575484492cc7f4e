DROP TABLE `event`;
