DROP TABLE `credential`;
