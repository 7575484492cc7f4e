DROP TABLE `endpoint`;
