DROP TABLE `failure`;
