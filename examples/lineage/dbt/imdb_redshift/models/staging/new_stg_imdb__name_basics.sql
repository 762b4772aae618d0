select
    name_id::varchar(16) as name_id,
    primary_name::varchar(512) as primary_name,
    birth_year::smallint as birth_year,
    death_year::smallint as death_year,
    primary_profession::varchar(256) as primary_profession,
    known_for_titles::varchar(256) as known_for_titles
from {{ source('imdb', 'stg_imdb__name_basics') }}
where primary_name is not null
