DROP TABLE `avatar`;
