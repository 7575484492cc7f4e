DROP TABLE `invite`;
