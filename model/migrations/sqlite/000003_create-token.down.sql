DROP TABLE `token`;
