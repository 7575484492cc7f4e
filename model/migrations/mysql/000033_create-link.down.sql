DROP TABLE `link`;
