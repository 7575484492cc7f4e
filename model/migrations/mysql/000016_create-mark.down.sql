DROP TABLE `mark`;
