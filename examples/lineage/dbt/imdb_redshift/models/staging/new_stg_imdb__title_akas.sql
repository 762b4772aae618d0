select
    title_id::varchar(16) as title_id,
    ordering,
    localized_title::varchar(2048) as localized_title,
    region_code::varchar(8) as region_code,
    language_code::varchar(8) as language_code,
    is_original_title
from {{ source('imdb', 'stg_imdb__title_akas') }}
where localized_title is not null
