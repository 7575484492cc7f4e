DROP TABLE `origin`;
